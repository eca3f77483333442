/** The value of a cookie in what `document.cookie` says; '' if it is not there. */
export function cookie(cookies: string, name: string): string {
  const found = cookies.split('; ').find((one) => one.startsWith(`${name}=`));
  return found === undefined ? '' : decodeURIComponent(found.slice(name.length + 1));
}
