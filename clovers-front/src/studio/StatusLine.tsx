import type { SceneFacts } from "../scene/facts";
import classes from "./Studio.module.css";
import { useDraft } from "./use-draft";

export function StatusLine({ facts }: { facts: SceneFacts }) {
  const saved = useDraft((draft) => draft.saved);
  return (
    <footer className={`${classes.status} tabular`}>
      <span>
        {facts.objects} {facts.objects === 1 ? "object" : "objects"}
      </span>
      <span>
        {facts.materials} {facts.materials === 1 ? "material" : "materials"}
      </span>
      <span>{saved ? "Draft kept in this browser" : "Keeping the draft …"}</span>
    </footer>
  );
}
