import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";

/** Mantine's anchor and button as links of the router, their addresses checked by type. */
export const AnchorLink = createLink((props: AnchorProps & React.ComponentProps<"a">) => (
  <Anchor {...props} />
));

export const ButtonLink = createLink((props: ButtonProps & React.ComponentProps<"a">) => (
  <Button component="a" {...props} />
));
