import { Component, ElementRef, effect, input, model, signal, viewChild } from '@angular/core';

import { PictureChange } from '../../state/agent-form-value';
import { bytes } from '../../state/format';
import { AgentAvatarComponent } from '../shared/agent-avatar.component';

/** In device pixels: it is shown at a third of that. */
const SIDE = 192;
/** As the server has it. */
const MOST_BYTES = 1024 * 1024;

/** An agent's picture: chosen and looked at before it is sent, replaced, taken away. */
@Component({
  selector: 'app-agent-picture',
  imports: [AgentAvatarComponent],
  template: `
    @if (picture().kind === 'replace') {
      <canvas #preview [width]="side" [height]="side" role="img" aria-label="The new picture" i18n-aria-label></canvas>
    } @else {
      <app-agent-avatar class="large" [name]="name() || '?'" [avatar]="picture().kind === 'keep' ? avatar() : null" />
    }
    <div class="form-field">
      <div class="links">
        <button type="button" class="button" aria-describedby="picture-error picture-hint" (click)="file.click()">
          {{ has() ? replaceWords : addWords }}
        </button>
        @if (has()) {
          <button i18n type="button" class="link danger" (click)="remove()">Remove the picture</button>
        }
      </div>
      <input
        #file
        type="file"
        hidden
        aria-label="Picture"
        i18n-aria-label
        accept="image/png,image/jpeg,image/webp"
        (change)="choose(file)"
      />
      <p class="field-error" id="picture-error" role="alert">{{ unusable() || error() }}</p>
      <p i18n class="field-hint" id="picture-hint">PNG, JPEG or WebP, at most 1 MB. It is cropped to a square.</p>
    </div>
  `,
  styleUrl: './agent-picture.component.css',
})
export class AgentPictureComponent {
  /** Of the agent, as it is being typed. */
  readonly name = input.required<string>();
  /** The address of the picture it has. */
  readonly avatar = input.required<string | null>();
  readonly error = input<string>();
  readonly picture = model.required<PictureChange>();

  protected readonly replaceWords = $localize`Replace the picture`;
  protected readonly addWords = $localize`Add a picture`;
  protected readonly side = SIDE;
  protected readonly unusable = signal('');
  private readonly preview = viewChild<ElementRef<HTMLCanvasElement>>('preview');

  constructor() {
    // Drawn and not linked: the page's policy allows pictures of this server only.
    effect(() => {
      const [picture, canvas] = [this.picture(), this.preview()?.nativeElement];
      if (canvas && picture.kind === 'replace') draw(picture.image, canvas);
    });
  }

  protected has(): boolean {
    const { kind } = this.picture();
    return kind === 'replace' || (kind === 'keep' && this.avatar() !== null);
  }

  protected async choose(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    // The same file may be chosen again after it was mended.
    input.value = '';
    if (!file) return;
    if (file.size > MOST_BYTES) {
      this.unusable.set(
        $localize`“${file.name}:name:” has ${bytes(file.size)}:size:; a picture may have at most 1 MB. Choose a smaller one.`,
      );
      return;
    }
    try {
      const image = await createImageBitmap(file);
      this.unusable.set('');
      this.picture.set({ kind: 'replace', file, image });
    } catch {
      this.unusable.set($localize`“${file.name}:name:” cannot be read as a picture. Choose a PNG, JPEG or WebP file.`);
    }
  }

  protected remove(): void {
    this.unusable.set('');
    this.picture.set({ kind: this.avatar() === null ? 'keep' : 'remove' });
  }
}

/** The middle of the image, as large as it goes: so the server cuts it too. */
function draw(image: ImageBitmap, canvas: HTMLCanvasElement): void {
  const side = Math.min(image.width, image.height);
  const context = canvas.getContext('2d');
  context?.clearRect(0, 0, SIDE, SIDE);
  context?.drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
}
