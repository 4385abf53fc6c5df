/** Gives a text or picture to the browser to keep, under this name. */
export function saveAs(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The drawn chart inside this part of the page, on a ground of its own. */
export function savePicture(name: string, part: Element): void {
  const drawn = part.querySelector('canvas');
  if (!drawn) return;
  const copy = document.createElement('canvas');
  copy.width = drawn.width;
  copy.height = drawn.height;
  const pen = copy.getContext('2d');
  if (!pen) return;
  pen.fillStyle = getComputedStyle(part).backgroundColor;
  pen.fillRect(0, 0, copy.width, copy.height);
  pen.drawImage(drawn, 0, 0);
  copy.toBlob(blob => blob && saveAs(name, blob), 'image/png');
}
