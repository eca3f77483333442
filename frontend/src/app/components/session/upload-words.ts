/** Of the button that takes a file away that could not be added. */
export function dismissLabel(file: string): string {
  return $localize`:take its message away|:Dismiss ${file}:file:`;
}

/** Of the button that ends an upload. */
export function cancelLabel(file: string): string {
  return $localize`:the upload of a file|:Cancel ${file}:file:`;
}

/** Of the bar that shows how far an upload is. */
export function uploadLabel(file: string): string {
  return $localize`Upload of ${file}:file:`;
}
