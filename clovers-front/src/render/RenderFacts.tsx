import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { requestQuery } from "../api/renders";
import type { RenderStatus } from "../api/types";
import {
  defaultOptions,
  modeLabels,
  type RenderOptions,
  samplerLabels,
  thresholdOf,
} from "../scene/options";
import { openText } from "../scene/request";
import { count, dateTime, duration } from "../ui/words";
import classes from "./Render.module.css";

/** How it was made, and how long that took. */
export function RenderFacts({ status }: { status: RenderStatus }) {
  const { data: request } = useQuery(requestQuery(status.id));
  const options = request === undefined ? undefined : openText(request).options;
  return (
    <dl className={`${classes.facts} tabular`}>
      <Fact label="Size">
        {status.width} × {status.height}
      </Fact>
      <Fact label="Samples">{count(status.samples)} per pixel</Fact>
      <Fact label="Bounces">{status.max_depth}</Fact>
      {options && (
        <>
          <Fact label="Mode">{modeLabels[options.mode ?? defaultOptions.mode]}</Fact>
          <Fact label="Sampler">{samplerLabels[options.sampler ?? defaultOptions.sampler]}</Fact>
          <Fact label="Adaptive">{adaptiveWords(options)}</Fact>
          <Fact label="Denoised">{options.denoise ? "Yes" : "No"}</Fact>
          <Fact label="Seed">{options.seed ?? defaultOptions.seed}</Fact>
        </>
      )}
      <Fact label="Submitted">{dateTime(status.created_at)}</Fact>
      {status.started_at && (
        <Fact label="Waited">{between(status.created_at, status.started_at)}</Fact>
      )}
      {status.render_ms != null && <Fact label="Rendered in">{duration(status.render_ms)}</Fact>}
      {status.finished_at && (
        <>
          <Fact label="From click to end">{between(status.created_at, status.finished_at)}</Fact>
          <Fact label="Finished">{dateTime(status.finished_at)}</Fact>
        </>
      )}
      <Fact label="Id">
        <code className={classes.id}>{status.id}</code>
      </Fact>
    </dl>
  );
}

function adaptiveWords(options: RenderOptions): string {
  const threshold = thresholdOf(options);
  return threshold === undefined ? "No" : `Until the noise is ${threshold}`;
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function between(from: string, to: string): string {
  return duration(Math.max(0, Date.parse(to) - Date.parse(from)));
}
