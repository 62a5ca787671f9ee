export function upperCased(text: string): string {
  return text.toUpperCase();
}
