import { Button, EmptyState, Loader, SegmentedControl } from "@mantine/core";
import IconPhotoOff from "@tabler/icons-react/dist/esm/icons/IconPhotoOff.mjs";
import { useQuery } from "@tanstack/react-query";
import { type CSSProperties, useState } from "react";
import { isFinal, partialQuery, pictureUrl } from "../api/renders";
import type { RenderStatus } from "../api/types";
import { BlobPicture } from "../image/BlobPicture";
import { renderName } from "../ui/words";
import classes from "./Render.module.css";

/** The picture; while it is being made, and when it was not finished, the tiles there are. */
export function RenderPicture({ status }: { status: RenderStatus }) {
  const [scale, setScale] = useState<"fit" | "full">("fit");
  const done = status.state === "done";
  const name = renderName(status);
  const onScreen = {
    // Known before the picture is there, so that nothing moves when it comes.
    width: status.width,
    style: { aspectRatio: `${status.width} / ${status.height}` },
    className: scale === "fit" ? classes.fit : undefined,
  };
  return (
    <div className={classes.picture}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: at full size it scrolls by keys, too. */}
      <section className={classes.stage} tabIndex={0} aria-label="Picture">
        {done ? (
          <img src={pictureUrl(status.id)} alt={name} {...onScreen} />
        ) : (
          <Partial status={status} alt={`${name}, unfinished`} {...onScreen} />
        )}
      </section>
      <div className={classes.foot}>
        <SegmentedControl
          size="xs"
          aria-label="Size on screen"
          data={[
            { value: "fit", label: "Fit" },
            { value: "full", label: "1 : 1" },
          ]}
          value={scale}
          onChange={(value) => setScale(value)}
        />
        {!done && <span>{isFinal(status.state) ? "Unfinished" : "The tiles done so far"}</span>}
        {done && (
          <Button
            component="a"
            href={pictureUrl(status.id)}
            target="_blank"
            size="compact-xs"
            variant="subtle"
            color="gray"
            ml="auto"
          >
            Open alone
          </Button>
        )}
      </div>
    </div>
  );
}

interface PartialProps {
  status: RenderStatus;
  alt: string;
  className: string | undefined;
  width: number;
  style: CSSProperties;
}

function Partial({ status, alt, ...size }: PartialProps) {
  const live = !isFinal(status.state);
  const { data: picture } = useQuery(partialQuery(status.id, live));
  if (picture) return <BlobPicture picture={picture} alt={alt} {...size} />;
  if (live) return <Loader role="progressbar" aria-label="Waiting for the first tiles" />;
  return (
    <EmptyState
      icon={<IconPhotoOff size={40} stroke={1.3} />}
      title="No picture"
      description="It ended before the first tile was done."
    />
  );
}
