/**
 * Decodes a key as direct S3 notifications and listings with `EncodingType: 'url'` give it, as `application/x-www-form-urlencoded`: `+`
 * is a space, the rest is percent-encoded UTF-8. @throws URIError
 */
export function decodeName(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}

/** Returns a key of a listing that was asked for with `EncodingType: 'url'`. Not every store that speaks S3 encodes all of them. */
export function listedName(name: string, { EncodingType }: { readonly EncodingType?: string | undefined }): string {
  return EncodingType === 'url' ? decodeName(name) : name;
}
