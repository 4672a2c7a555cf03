import { queryOptions } from "@tanstack/react-query";
import { askJson } from "./http";
import { keys } from "./keys";
import type { Queue } from "./types";

/** As many as the API gives at a time; what waits behind them is not shown. */
const most = 200;
const busyMs = 1_000;
const idleMs = 5_000;

/**
 * The live tasks and the workers. Asked every second while something is live, seldom otherwise,
 * and not at all while the tab is hidden. A task that has left the queue has entered the gallery.
 */
export const queueQuery = queryOptions({
  queryKey: keys.queue,
  queryFn: async ({ client, signal }): Promise<Queue> => {
    const before = client.getQueryData<Queue>(keys.queue);
    const queue = await askJson("get", "/queue", { query: { limit: most }, signal });
    const live = new Set(queue.items.map(({ id }) => id));
    if (before?.items.some(({ id }) => !live.has(id))) {
      void client.invalidateQueries({ queryKey: keys.renders });
    }
    return queue;
  },
  refetchInterval: ({ state: { data } }) => (data && data.items.length > 0 ? busyMs : idleMs),
  staleTime: 900,
});
