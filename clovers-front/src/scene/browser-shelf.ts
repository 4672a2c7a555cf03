import { get, set } from "idb-keyval";
import type { Draft, DraftShelf } from "./draft-store";

const key = "clovers-draft-1";

/** Drafts in this browser's IndexedDB: a scene may be larger than localStorage takes. */
export const browserShelf: DraftShelf = {
  read: () => get<Draft>(key),
  write: (draft) => set(key, draft),
};
