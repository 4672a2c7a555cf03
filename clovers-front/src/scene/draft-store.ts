import { createStore } from "zustand/vanilla";
import type { RenderOptions } from "./options";
import type { SceneDocument } from "./request";

/** Where a draft came from, as the studio's address says it. */
export interface DraftOrigin {
  kind: "example" | "render" | "file";
  id: string;
}

/** The document being edited, and whether the browser has stored it. */
export interface Draft {
  document: SceneDocument;
  origin: DraftOrigin | undefined;
  /** Whether it differs from what was opened. */
  edited: boolean;
}

export interface DraftStore extends Draft {
  /** False until the stored draft has been read, and while another is about to take its place. */
  ready: boolean;
  saved: boolean;
  /** Takes a whole draft in place of the one there is. */
  put: (draft: Draft) => void;
  setText: (text: string) => void;
  setName: (name: string) => void;
  setPriority: (priority: SceneDocument["priority"]) => void;
  setOptions: (options: RenderOptions) => void;
}

/** Where drafts are kept between visits. */
export interface DraftShelf {
  read: () => Promise<Draft | undefined>;
  write: (draft: Draft) => Promise<void>;
}

export const emptyDocument: SceneDocument = {
  text: "",
  name: "",
  options: {},
  priority: "normal",
};

export function createDraftStore() {
  return createStore<DraftStore>()((set) => {
    const edit = (change: Partial<SceneDocument>) =>
      set(({ document }) => ({ document: { ...document, ...change }, edited: true }));
    return {
      document: emptyDocument,
      origin: undefined,
      edited: false,
      ready: false,
      saved: true,
      put: (draft) => set(draft),
      setText: (text) => edit({ text }),
      setName: (name) => edit({ name }),
      setPriority: (priority) => edit({ priority }),
      setOptions: (options) => edit({ options }),
    };
  });
}

export const draftStore = createDraftStore();

const saveDelayMs = 500;

/** Reads the stored draft once, then stores each change half a second after the last one. */
export async function keepDraft(store: typeof draftStore, shelf: DraftShelf): Promise<void> {
  try {
    const draft = await shelf.read();
    if (draft && store.getState().document === emptyDocument) store.getState().put(draft);
  } catch {
    // A browser without storage (a private window) still edits; it only forgets.
  }
  store.setState({ ready: true });

  let timer: ReturnType<typeof setTimeout> | undefined;
  store.subscribe((state, before) => {
    if (state.document === before.document && state.origin === before.origin) return;
    store.setState({ saved: false });
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const { document, origin, edited } = store.getState();
      try {
        await shelf.write({ document, origin, edited });
        store.setState({ saved: true });
      } catch {
        // The status line keeps saying "not saved".
      }
    }, saveDelayMs);
  });
}
