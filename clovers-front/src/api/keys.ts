/** The names under which answers of the API are cached. */
export const keys = {
  health: ["health"] as const,
  queue: ["queue"] as const,
  /** Every list of finished renders. */
  renders: ["renders"] as const,
  render: (id: string) => ["render", id] as const,
  examples: ["examples"] as const,
  limits: ["limits"] as const,
  version: ["version"] as const,
  preview: (id: string, revision: number) => ["preview", id, revision] as const,
};
