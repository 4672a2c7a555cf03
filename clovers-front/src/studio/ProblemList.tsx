import { UnstyledButton } from "@mantine/core";
import IconAlertCircle from "@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs";
import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import type { Problem } from "../scene/problems";
import classes from "./Studio.module.css";

interface ProblemListProps {
  problems: readonly Problem[];
  /** Goes to where the problem stands. */
  onChoose: (problem: Problem) => void;
}

/** What is wrong or suspect, errors first; each leads to its place. */
export function ProblemList({ problems, onChoose }: ProblemListProps) {
  if (problems.length === 0) return null;
  const errors = problems.filter(({ severity }) => severity === "error");
  const warnings = problems.filter(({ severity }) => severity === "warning");
  return (
    <section className={classes.problems} aria-label="Problems">
      <div className={classes.problemsTitle} role="status">
        {[plural(errors.length, "error"), plural(warnings.length, "warning")]
          .filter(Boolean)
          .join(" · ")}
      </div>
      <ul className={classes.problemList}>
        {[...errors, ...warnings].map((problem) => (
          <li key={`${problem.place}${problem.pointer}${problem.range?.from}${problem.detail}`}>
            <UnstyledButton className={classes.problem} onClick={() => onChoose(problem)}>
              {problem.severity === "error" ? (
                <IconAlertCircle size={15} className={classes.error} aria-label="Error" />
              ) : (
                <IconAlertTriangle size={15} className={classes.warning} aria-label="Warning" />
              )}
              {problem.pointer !== "" && (
                <span className={classes.pointer}>{shownPointer(problem)}</span>
              )}
              <span>{problem.detail}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

function shownPointer({ place, pointer }: Problem): string {
  return place === "options" ? `render${pointer}` : pointer;
}

function plural(count: number, word: string): string {
  if (count === 0) return "";
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
