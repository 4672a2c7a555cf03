import { readProblem, Unreachable } from "./problem";

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers?: Record<string, string | undefined>;
  /** JSON text, sent as it is. */
  json?: string;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/** Asks the API; a 4xx or 5xx answer is thrown as `ApiProblem`, silence as `Unreachable`. */
export async function ask(path: string, { headers, json, ...rest }: Ask = {}): Promise<Response> {
  const sent = new Headers();
  if (json !== undefined) sent.set("Content-Type", "application/json");
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) sent.set(name, value);
  }
  let response: Response;
  try {
    response = await fetch(path, { ...rest, headers: sent, body: json });
  } catch (error) {
    if (rest.signal?.aborted) throw error;
    throw new Unreachable("The API does not answer.");
  }
  if (response.status >= 400) throw await readProblem(response);
  return response;
}

/** As `ask`, for an answer in JSON. */
export async function askJson<T>(path: string, options?: Ask): Promise<T> {
  const response = await ask(path, options);
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (options?.signal?.aborted) throw error;
    throw new Unreachable("The API's answer broke off.");
  }
}
