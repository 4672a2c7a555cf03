import { Button, Center, EmptyState, SegmentedControl } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import IconPhoto from "@tabler/icons-react/dist/esm/icons/IconPhoto.mjs";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { type FinalState, finishedQuery } from "../api/renders";
import { ButtonLink } from "../ui/links";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import classes from "./Gallery.module.css";
import { RenderCard } from "./RenderCard";

type Filter = FinalState | "all";

const filters: { value: Filter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "done", label: "Done" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

/** Every finished render, newest first; more come as one scrolls. */
export function GalleryPage() {
  const { state } = useSearch({ from: "/gallery" });
  const navigate = useNavigate();
  const renders = useInfiniteQuery(finishedQuery(state));
  const items = renders.data?.pages.flatMap((page) => page.items) ?? [];

  return (
    <Page
      title="Gallery"
      aside={
        <SegmentedControl<Filter>
          size="xs"
          aria-label="Which renders"
          data={filters}
          value={state ?? "all"}
          onChange={(value) =>
            void navigate({
              to: "/gallery",
              search: { state: value === "all" ? undefined : value },
            })
          }
        />
      }
    >
      {renders.error && (
        <Problem
          error={renders.error}
          retry={() => void renders.refetch()}
          stale={renders.data !== undefined}
        />
      )}
      {renders.isSuccess && items.length === 0 && <Nothing filtered={state !== undefined} />}
      <ul className={classes.grid} aria-busy={renders.isPending}>
        {items.map((status) => (
          <li key={status.id}>
            <RenderCard status={status} />
          </li>
        ))}
      </ul>
      {renders.hasNextPage && (
        <More busy={renders.isFetchingNextPage} onMore={() => void renders.fetchNextPage()} />
      )}
    </Page>
  );
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <EmptyState
      py={64}
      icon={<IconPhoto size={40} stroke={1.3} />}
      title={filtered ? "No such renders" : "No renders yet"}
      description={
        filtered ? "None of the finished renders is of this kind." : "Your pictures gather here."
      }
    >
      <EmptyState.Actions>
        {filtered ? (
          <ButtonLink to="/gallery" variant="default" size="xs">
            Show all
          </ButtonLink>
        ) : (
          <ButtonLink to="/studio" size="xs">
            Render a scene
          </ButtonLink>
        )}
      </EmptyState.Actions>
    </EmptyState>
  );
}

/** Fetches the next page when it comes into view; a button for those who do not scroll. */
function More({ busy, onMore }: { busy: boolean; onMore: () => void }) {
  const { ref, inViewport } = useInViewport();
  useEffect(() => {
    if (inViewport && !busy) onMore();
  }, [inViewport, busy, onMore]);
  return (
    <Center mt="lg" ref={ref}>
      <Button variant="default" loading={busy} onClick={onMore}>
        Show more
      </Button>
    </Center>
  );
}
