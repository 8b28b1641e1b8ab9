/**
 * The user's token of the Hub: stored only in the editor's store of secrets, and asked for when the Hub requires one.
 */
import type * as vscode from 'vscode';
import { NeuroMfaError } from '../../protocol/errors';
import { askText } from '../ui/inputBox';
import { t } from '../ui/words';

/** The key for the Hub itself. */
const KEY = 'neuromfa.hubToken';

export class HubToken {
  /**
   * @param hub its address: a token that was typed for one is never sent to another.
   * @param use called with the token that is valid from then on; undefined where there is none.
   */
  constructor(
    private readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store' | 'delete'>,
    private readonly hub: string,
    private readonly use: (token: string | undefined) => void,
  ) {}

  /** Takes the token that was given earlier. */
  async load(): Promise<void> {
    this.use(await this.secrets.get(this.#key));
  }

  /** @returns whether there was one. */
  async forget(): Promise<boolean> {
    const known = await this.secrets.get(this.#key);
    await this.secrets.delete(this.#key);
    this.use(undefined);
    return known !== undefined;
  }

  /**
   * Does `work`; where the Hub refuses it, asks for a token and does it once more.
   * @returns undefined when the user cancels.
   * @throws what `work` throws.
   */
  async with<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NeuroMfaError && error.code === 'forbidden' && isOfHub(error))) throw error;
      const token = await askText({
        title: t('Token of the Hugging Face Hub'),
        prompt: t(
          '{0} Or enter a token here: it is kept in the editor’s secret storage, and sent only to {1}.',
          error.message,
          // Without its scheme, which would turn it into a link.
          this.hub.replace(/^[a-z]+:\/\//i, ''),
        ),
        hidden: true,
        tooLong: t('At most 200 characters.'),
      });
      if (!token) return undefined;
      await this.secrets.store(this.#key, token);
      this.use(token);
      return work();
    }
  }

  get #key(): string {
    return `${KEY} ${this.hub}`;
  }
}

const isOfHub = ({ data }: NeuroMfaError): boolean => data.subject.startsWith('hf://');
