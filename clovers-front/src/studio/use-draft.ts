import { useStore } from "zustand";
import { type DraftStore, draftStore } from "../scene/draft-store";

/** One value of the draft; the component renders again when that value changes. */
export function useDraft<T>(select: (draft: DraftStore) => T): T {
  return useStore(draftStore, select);
}
