/** Such as `1,000`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** Such as `1 event` or `1,000 events`. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${count(number)} ${number === 1 ? noun : plural}`;
}

/** Such as `312 bytes` or `64 kB`. */
export function byteSize(bytes: number): string {
  return bytes < 10_000 ? counted(bytes, "byte") : `${count(Math.round(bytes / 1024))} kB`;
}
