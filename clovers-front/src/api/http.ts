import { readProblem, Unreachable } from "./problem";
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "patch" | "delete";

/** The paths of the contract that know a method. */
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, object> ? P : never;
}[keyof paths];

type Operation<M extends Method, P extends keyof paths> =
  paths[P] extends Record<M, infer O> ? O : never;

type Parameters<M extends Method, P extends keyof paths, In extends "path" | "query"> =
  Operation<M, P> extends { parameters: { [I in In]?: infer T } } ? T & object : never;

/** The JSON of the answer that says "accepted", or else of the one that says "here it is". */
type Answer<O> = O extends { responses: { 202: { content: { "application/json": infer T } } } }
  ? T
  : O extends { responses: { 200: { content: { "application/json": infer T } } } }
    ? T
    : never;

export interface Ask<M extends Method, P extends keyof paths> {
  path?: Parameters<M, P, "path">;
  query?: Parameters<M, P, "query">;
  headers?: Record<string, string | undefined>;
  /** JSON text, sent as it is. */
  json?: string;
  signal?: AbortSignal;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
  /** "no-store" for what waits: a browser holds other requests to a path back while its answer may be cached. */
  cache?: RequestCache;
}

/**
 * Asks the API for what the contract knows; a 4xx or 5xx answer is thrown as `ApiProblem`,
 * silence as `Unreachable`.
 */
export async function ask<M extends Method, P extends PathOf<M>>(
  method: M,
  template: P,
  { path, query, headers, json, signal, keepalive, cache }: Ask<M, P> = {},
): Promise<Response> {
  const sent = new Headers();
  if (json !== undefined) sent.set("Content-Type", "application/json");
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined) sent.set(name, value);
  }
  let response: Response;
  try {
    response = await fetch(address(template, path, query), {
      method: method.toUpperCase(),
      headers: sent,
      body: json,
      signal,
      keepalive,
      cache,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable("The API does not answer.");
  }
  if (response.status >= 400) throw await readProblem(response);
  return response;
}

/** As `ask`, for an answer in JSON. */
export async function askJson<M extends Method, P extends PathOf<M>>(
  method: M,
  template: P,
  options?: Ask<M, P>,
): Promise<Answer<Operation<M, P>>> {
  const response = await ask(method, template, options);
  try {
    return await response.json();
  } catch (error) {
    if (options?.signal?.aborted) throw error;
    throw new Unreachable("The API's answer broke off.");
  }
}

/** Fills `/renders/{id}` in, and appends the query without what is not given. */
export function address(template: keyof paths, path?: object, query?: object): string {
  const given = new Map(Object.entries(path ?? {}));
  const filled = template.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(String(given.get(name))),
  );
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, String(value)]],
    ),
  ).toString();
  return search === "" ? filled : `${filled}?${search}`;
}
