/** What of the Web Speech API is used: TypeScript knows it not, for not all browsers have it. */
export interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onstart: (() => void) | null;
  onresult: ((event: { readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }>> }) => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  stop(): void;
  abort(): void;
}

type Maker = new () => Recognition;

function maker(): Maker | undefined {
  const window = globalThis as { SpeechRecognition?: Maker; webkitSpeechRecognition?: Maker };
  return window.SpeechRecognition ?? window.webkitSpeechRecognition;
}

/** Whether the browser turns speech into text. */
export function canDictate(): boolean {
  return maker() !== undefined;
}

export interface DictationReport {
  began(): void;
  /** All that was heard so far, also what may still change. */
  heard(text: string): void;
  ended(): void;
  /** In plain words. */
  failed(words: string): void;
}

/** One stretch of speech, from the beginning to the end. */
export class Dictation {
  private readonly recognition: Recognition;
  private over = false;

  /** `lang`: a BCP 47 tag. */
  constructor(lang: string, report: DictationReport) {
    const Made = maker();
    if (!Made) throw new Error($localize`This browser does not turn speech into text.`);
    const recognition = (this.recognition = new Made());
    recognition.lang = lang;
    recognition.continuous = true;
    recognition.interimResults = true;
    recognition.onstart = () => report.began();
    recognition.onresult = ({ results }) => {
      if (!this.over) report.heard(Array.from(results, (one) => one[0]?.transcript.trim() ?? '').join(' '));
    };
    recognition.onerror = ({ error }) => {
      if (!this.over && error !== 'aborted') report.failed(failureWords(error));
    };
    recognition.onend = () => {
      if (!this.over) report.ended();
      this.over = true;
    };
    recognition.start();
  }

  /** What was said until now is still heard. */
  stop(): void {
    this.recognition.stop();
  }

  /** Nothing more is heard of it. */
  cancel(): void {
    this.over = true;
    this.recognition.abort();
  }
}

/** https://wicg.github.io/speech-api/#enumdef-speechrecognitionerrorcode */
function failureWords(code: string): string {
  switch (code) {
    case 'not-allowed':
    case 'service-not-allowed':
      return $localize`The browser may not use the microphone here. Allow it in the settings of this site.`;
    case 'audio-capture':
      return $localize`No microphone was found.`;
    case 'network':
      return $localize`The browser’s speech service could not be reached.`;
    case 'no-speech':
      return $localize`Nothing was heard.`;
    case 'language-not-supported':
      return $localize`The browser does not understand this language.`;
    default:
      return $localize`Speech was not understood (${code}:code:).`;
  }
}
