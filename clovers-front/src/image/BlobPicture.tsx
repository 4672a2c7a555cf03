import { type ComponentProps, useEffect, useState } from "react";

/** A picture from memory. A new one is decoded before it takes the old one's place. */
export function BlobPicture({
  picture,
  alt,
  ...rest
}: { picture: Blob } & Omit<ComponentProps<"img">, "src">) {
  const [shown, setShown] = useState<string>();

  useEffect(() => {
    const url = URL.createObjectURL(picture);
    let replaced = false;
    const image = new Image();
    image.src = url;
    image
      .decode()
      .then(() => {
        if (!replaced) setShown(url);
      })
      .catch(() => undefined);
    return () => {
      replaced = true;
      // What is on screen is already decoded and stays there until the next one is.
      URL.revokeObjectURL(url);
    };
  }, [picture]);

  return shown && <img src={shown} alt={alt} {...rest} />;
}
