import type { PointedDetail } from "./types";

/** An answer of the API that says what is wrong, as RFC 9457 writes it. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";

  constructor(
    readonly status: number,
    /** The slug at the end of the problem's type, such as `invalid-scene`. */
    readonly slug: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly PointedDetail[] = [],
    /** What to quote when asking for help: the request's id. */
    readonly instance?: string,
  ) {
    super(detail || title);
  }
}

/** Nobody answered, or something between us and the API answered in its place. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** Reads an answer that is not a success. */
export async function readProblem(response: Response): Promise<ApiProblem | Unreachable> {
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  if (!isProblem) {
    // The API answers every error with a problem; a bare 5xx is a proxy's.
    if (response.status >= 500) return new Unreachable("The API does not answer.");
    return new ApiProblem(response.status, "", response.statusText, `Status ${response.status}.`);
  }
  try {
    return problemFrom(await response.json(), response.status);
  } catch {
    return new Unreachable("The API's answer broke off.");
  }
}

/** Takes from a problem's JSON what is well formed, whatever else is in it. */
export function problemFrom(body: unknown, status: number): ApiProblem {
  const given = isRecord(body) ? body : {};
  const text = (key: string) => (typeof given[key] === "string" ? given[key] : "");
  const errors = Array.isArray(given.errors) ? given.errors.filter(isPointedDetail) : [];
  return new ApiProblem(
    status,
    text("type").replace(/^.*\//, ""),
    text("title") || `Status ${status}`,
    text("detail"),
    errors,
    text("instance") || undefined,
  );
}

/** One sentence for a person, whatever went wrong. */
export function explain(error: unknown): string {
  if (error instanceof ApiProblem) return error.detail || error.title;
  if (error instanceof Error) return error.message;
  return String(error);
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 404;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isPointedDetail(value: unknown): value is PointedDetail {
  return isRecord(value) && typeof value.pointer === "string" && typeof value.detail === "string";
}
