import { EmptyState, Loader } from "@mantine/core";
import IconAperture from "@tabler/icons-react/dist/esm/icons/IconAperture.mjs";
import { BlobPicture } from "../../image/BlobPicture";
import classes from "./Preview.module.css";
import type { Preview } from "./use-preview";

interface PreviewPaneProps {
  preview: Preview;
  /** Why the picture may not be of the scene as it stands, if it may not. */
  note: string | undefined;
}

/** The newest picture of the preview; the last good one stays until a better one is there. */
export function PreviewPane({ preview, note }: PreviewPaneProps) {
  const { frame, refining } = preview;
  return (
    <section className={classes.pane} aria-label="Preview">
      <div className={classes.stage}>
        {frame ? (
          <BlobPicture
            picture={frame.picture}
            alt="Preview of the scene"
            className={`${classes.picture} ${note ? classes.stale : ""}`}
            data-samples={frame.samples}
            data-final={frame.final && !refining}
          />
        ) : refining ? (
          <Loader role="progressbar" aria-label="Waiting for the first picture" />
        ) : (
          <EmptyState
            icon={<IconAperture size={36} stroke={1.3} />}
            title="No picture yet"
            description="Press Preview, or let it follow your edits by itself."
          />
        )}
        {note && <div className={classes.note}>{note}</div>}
      </div>
      <PreviewFacts preview={preview} />
    </section>
  );
}

function PreviewFacts({ preview: { frame, session, refining } }: { preview: Preview }) {
  return (
    <div className={`${classes.foot} tabular`}>
      {frame && (
        <>
          <span>
            {frame.width} × {frame.height}
          </span>
          <span>
            {frame.samples} of {session?.samples ?? frame.samples} spp
          </span>
          {session && <span>{session.max_depth} bounces</span>}
        </>
      )}
      {frame && refining && <Loader size={12} color="currentColor" aria-hidden />}
      {frame && <span>{refining ? "refining" : "final"}</span>}
    </div>
  );
}
