import { Splitter, Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import classes from "./Studio.module.css";

export type PaneName = "preview" | "scene" | "render";

interface PanesProps {
  scene: ReactNode;
  preview: ReactNode;
  render: ReactNode;
  /** The one shown where there is room for one only. */
  front: PaneName;
  onFrontChange: (pane: PaneName) => void;
}

/** Three panes side by side, two columns, or tabs, as the window allows. */
export function Panes({ scene, preview, render, front, onFrontChange }: PanesProps) {
  const wide = useWidth(1200);
  const middle = useWidth(800);
  if (wide) {
    return (
      <div className={classes.wide}>
        <Splitter h="100%" lineSize={1}>
          <Splitter.Pane defaultSize={46} min={25}>
            {scene}
          </Splitter.Pane>
          <Splitter.Pane defaultSize={54} min={25}>
            {preview}
          </Splitter.Pane>
        </Splitter>
        <div className={classes.side}>{render}</div>
      </div>
    );
  }
  if (middle) {
    return (
      <div className={classes.middle}>
        {scene}
        <div className={classes.stack}>
          {preview}
          <div className={classes.side}>{render}</div>
        </div>
      </div>
    );
  }
  return (
    <Tabs
      value={front}
      onChange={(value) => onFrontChange(value as PaneName)}
      keepMountedMode="display-none"
      className={classes.tabs}
    >
      <Tabs.List grow>
        <Tabs.Tab value="preview">Preview</Tabs.Tab>
        <Tabs.Tab value="scene">Scene</Tabs.Tab>
        <Tabs.Tab value="render">Settings</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="preview" className={classes.tabPanel}>
        {preview}
      </Tabs.Panel>
      <Tabs.Panel value="scene" className={classes.tabPanel}>
        {scene}
      </Tabs.Panel>
      <Tabs.Panel value="render" className={classes.tabPanel}>
        {render}
      </Tabs.Panel>
    </Tabs>
  );
}

function useWidth(px: number): boolean {
  return useMediaQuery(`(min-width: ${px}px)`, false, { getInitialValueInEffect: false });
}
