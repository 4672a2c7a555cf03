import { pointerKeys, rangeOfPointer, type TextRange, type TextTree, toPointer } from "./pointer";

/** Something wrong or suspect, found here or by the server; the studio lists both alike. */
export interface Problem {
  severity: "error" | "warning";
  /** What the pointer is relative to: the scene's text, the render options, or the request. */
  place: "scene" | "options" | "request";
  /** RFC 6901, relative to `place`. */
  pointer: string;
  detail: string;
  /** Known at once for syntax errors; else found from the pointer when it is needed. */
  range?: TextRange;
}

/** How the server says it: a pointer into the submitted body. */
export interface PointedDetail {
  pointer: string;
  detail: string;
}

/** Turns the server's pointers, relative to the request body, into places of the editor. */
export function placeProblems(
  details: readonly PointedDetail[],
  severity: Problem["severity"],
): Problem[] {
  return details.map(({ pointer, detail }) => {
    const [head, ...rest] = pointerKeys(pointer);
    if (head === "scene_file") {
      return { severity, place: "scene", pointer: toPointer(rest), detail };
    }
    if (head === "opts" && rest.length > 0) {
      return { severity, place: "options", pointer: toPointer(rest), detail };
    }
    return { severity, place: "request", pointer, detail };
  });
}

/** Where a problem stands in the scene's text, if it does. */
export function problemRange(tree: TextTree, problem: Problem): TextRange | undefined {
  if (problem.place !== "scene") return undefined;
  return problem.range ?? rangeOfPointer(tree, problem.pointer);
}

/** The problem of one option field, by its name in the request. */
export function optionProblem(problems: readonly Problem[], field: string): string | undefined {
  const places: Problem["place"][] = ["options", "request"];
  return problems.find(
    ({ place, pointer, severity }) =>
      severity === "error" && places.includes(place) && pointer === `/${field}`,
  )?.detail;
}

/** Without repetitions: several answers may say the same of one place. */
export function distinctProblems(problems: readonly Problem[]): Problem[] {
  const key = ({ place, pointer, range, detail }: Problem) =>
    JSON.stringify([place, pointer, range?.from, detail]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}
