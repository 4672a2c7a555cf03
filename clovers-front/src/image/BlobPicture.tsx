import { type ComponentProps, useEffect, useRef, useState } from "react";

/**
 * A picture from memory. A new one is decoded before it takes the old one's place; when they come
 * faster than that, those in between are left out.
 */
export function BlobPicture({
  picture,
  alt,
  ...rest
}: { picture: Blob } & Omit<ComponentProps<"img">, "src">) {
  const [shown, setShown] = useState<string>();
  const newest = useRef(picture);
  const decoding = useRef(false);

  useEffect(() => {
    newest.current = picture;
    if (decoding.current) return;
    decoding.current = true;
    const catchUp = async () => {
      let taken: Blob | undefined;
      while (taken !== newest.current) {
        taken = newest.current;
        const url = URL.createObjectURL(taken);
        if (await isDecodable(url)) setShown(url);
        else URL.revokeObjectURL(url);
      }
      decoding.current = false;
    };
    void catchUp();
  }, [picture]);

  useEffect(() => {
    // What is on screen stays there, revoked or not, until the next one is.
    if (shown) return () => URL.revokeObjectURL(shown);
  }, [shown]);

  return shown && <img src={shown} alt={alt} {...rest} />;
}

async function isDecodable(url: string): Promise<boolean> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return true;
  } catch {
    return false;
  }
}
