import { Anchor } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { exampleQuery, examplesQuery } from "../api/examples";
import { explain } from "../api/problem";
import { requestQuery } from "../api/renders";
import { type Draft, type DraftOrigin, draftStore } from "../scene/draft-store";
import { openText, type SceneDocument } from "../scene/request";
import { useDraft } from "./use-draft";

/**
 * Opens what the address names, `?example=NAME` or `?render=ID`, unless the draft already is of
 * it. On a first visit, with neither address nor draft, it chooses an example.
 */
export function useAddress() {
  const search = useSearch({ from: "/studio" });
  const navigate = useNavigate({ from: "/studio" });
  const openDocument = useOpenDocument();
  const ready = useDraft((draft) => draft.ready);
  const origin = useDraft((draft) => draft.origin);
  const empty = useDraft((draft) => draft.document.text === "");

  const wanted = originOf(search);
  const missing = ready && wanted !== undefined && !isSame(origin, wanted);
  const source = useQuery({ ...sourceQuery(wanted), enabled: missing });
  const examples = useQuery(examplesQuery);

  const text = missing ? source.data : undefined;
  const open = (found: string, from: DraftOrigin) => {
    const example = examples.data?.find(({ name }) => name === from.id);
    openDocument(openText(found, example?.title ?? ""), from);
  };
  const openWanted = useEffectEvent((found: string) => {
    if (wanted) open(found, wanted);
  });
  useEffect(() => {
    if (text !== undefined) openWanted(text);
  }, [text]);

  const firstVisit = ready && empty && !wanted && !origin;
  const welcome =
    examples.data?.find(({ name }) => name.startsWith("cornell")) ?? examples.data?.[0];
  useEffect(() => {
    if (firstVisit && welcome) {
      void navigate({ to: "/studio", search: { example: welcome.name }, replace: true });
    }
  }, [firstVisit, welcome, navigate]);

  const client = useQueryClient();
  const revert = async () => {
    if (!origin) return;
    try {
      open(await client.fetchQuery(sourceQuery(origin)), origin);
    } catch (error) {
      notifications.show({ color: "red", message: explain(error) });
    }
  };

  return {
    opening: !ready || (missing && source.isPending),
    failure: missing ? source.error : null,
    retry: () => void source.refetch(),
    /** Opens anew what the draft came from, where that is still to be had. */
    revert: origin && origin.kind !== "file" ? revert : undefined,
  };
}

/** Opens a document in place of the draft; a draft with edits can be brought back. */
export function useOpenDocument() {
  const replace = useReplaceDraft();
  return (document: SceneDocument, origin: DraftOrigin | undefined) => {
    const { document: old, origin: oldOrigin, edited } = draftStore.getState();
    void replace({ document, origin, edited: false });
    if (!edited || old.text === "") return;

    const id = notifications.show({
      title: `Opened ${document.name || "another scene"}`,
      autoClose: 10_000,
      message: (
        <Anchor
          component="button"
          size="sm"
          onClick={() => {
            notifications.hide(id);
            void replace({ document: old, origin: oldOrigin, edited });
          }}
        >
          Bring back {old.name || "the draft before"}
        </Anchor>
      ),
    });
  };
}

/** Puts a draft in place together with its address, so that neither undoes the other. */
function useReplaceDraft() {
  const navigate = useNavigate();
  return async (draft: Draft) => {
    draftStore.setState({ ready: false });
    try {
      await navigate({ to: "/studio", search: addressOf(draft.origin) });
    } finally {
      draftStore.getState().put(draft);
      draftStore.setState({ ready: true });
    }
  };
}

/** The studio's address for a draft. */
function addressOf(origin: DraftOrigin | undefined) {
  if (origin?.kind === "example") return { example: origin.id };
  if (origin?.kind === "render") return { render: origin.id };
  return {};
}

function sourceQuery(origin: DraftOrigin | undefined) {
  return origin?.kind === "render" ? requestQuery(origin.id) : exampleQuery(origin?.id ?? "");
}

function originOf(search: { example?: string; render?: string }): DraftOrigin | undefined {
  if (search.example) return { kind: "example", id: search.example };
  if (search.render) return { kind: "render", id: search.render };
  return undefined;
}

function isSame(a: DraftOrigin | undefined, b: DraftOrigin): boolean {
  return a?.kind === b.kind && a.id === b.id;
}
