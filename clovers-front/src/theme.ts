import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

// Shade 8 carries white text at 5.5 : 1 in both schemes.
const clover: MantineColorsTuple = [
  "#effaf1",
  "#dcf3e0",
  "#b7e6c0",
  "#8ed69c",
  "#69c77b",
  "#4fb964",
  "#3fa856",
  "#2f8f46",
  "#23783a",
  "#1a5f2d",
];

// Without a tint, so that the colours of a picture can be judged beside it.
const gray: MantineColorsTuple = [
  "#f7f7f7",
  "#efefef",
  "#e4e4e4",
  "#d6d6d6",
  "#c2c2c2",
  "#a3a3a3",
  "#767676",
  "#585858",
  "#3d3d3d",
  "#262626",
];

export const theme = createTheme({
  primaryColor: "clover",
  primaryShade: 8,
  colors: { clover, gray },
  autoContrast: true,
  defaultRadius: "sm",
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono Variable", ui-monospace, monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  headings: { fontWeight: "600" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
  },
});

/** Mantine's dimmed text is too faint for small print (WCAG AA asks for 4.5 : 1). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    "--header-height": "48px",
  },
  light: {
    "--mantine-color-dimmed": "#5f5f5f",
    "--mantine-color-placeholder": "#6b6b6b",
    "--mantine-color-body": "#ffffff",
    "--surface": "#f6f6f6",
    "--surface-sunken": "#ececec",
    "--picture-surround": "#b9b9b9",
    "--picture-surround-text": "#1d1d1d",
    "--line": "#dcdcdc",
  },
  dark: {
    "--mantine-color-dimmed": "#a3a3a3",
    "--mantine-color-placeholder": "#8f8f8f",
    "--mantine-color-body": "#1e1e1e",
    "--surface": "#262626",
    "--surface-sunken": "#181818",
    "--picture-surround": "#161616",
    "--picture-surround-text": "#d0d0d0",
    "--line": "#383838",
  },
});
