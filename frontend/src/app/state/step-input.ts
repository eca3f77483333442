/** An input of a step as people edit it: plain text where it has one text or one list of texts, JSON elsewhere. */
export interface StepInput {
  /** What the field is called. */
  readonly label: string;
  readonly text: string;
  /** What was written, as the input; undefined for what is no JSON. */
  read(text: string): unknown;
}

export function stepInput(given: unknown): StepInput {
  if (typeof given === 'string') return { label: $localize`Input`, text: given, read: (text) => text };
  const [[name, value] = ['', undefined], ...others] = isObject(given) ? Object.entries(given) : [];
  if (others.length === 0 && typeof value === 'string') {
    return { label: named(name), text: value, read: (text) => ({ [name]: text }) };
  }
  if (others.length === 0 && Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return {
      label: $localize`${named(name)}:name:, one on each line`,
      text: value.join('\n'),
      read: (text) => ({ [name]: text.split('\n').filter((line) => line.trim() !== '') }),
    };
  }
  return {
    label: $localize`Input, as JSON`,
    text: given === undefined ? '' : JSON.stringify(given, null, 2),
    read: readJson,
  };
}

function named(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
