/** The user's token of the Hub: in the editor's store of secrets alone, and asked for when the Hub wants one. */
import type * as vscode from 'vscode';
import { NeuroMfaError } from '../../protocol/errors';
import { askText } from '../ui/inputBox';
import { t } from '../ui/words';

const KEY = 'neuromfa.hubToken';

export class HubToken {
  /** @param use called with the token that counts from then on. */
  constructor(
    private readonly secrets: Pick<vscode.SecretStorage, 'get' | 'store'>,
    private readonly use: (token: string | undefined) => void,
  ) {}

  /** Takes the token that was given earlier. */
  async load(): Promise<void> {
    this.use(await this.secrets.get(KEY));
  }

  /**
   * Does `work`; where the Hub refuses it, asks for a token and does it once more.
   * @returns undefined when the user backs out. @throws what `work` throws.
   */
  async with<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NeuroMfaError && error.code === 'forbidden' && isOfHub(error))) throw error;
      const token = await askText({
        title: t('Token of the Hugging Face Hub'),
        prompt: error.message,
        hidden: true,
        tooLong: t('At most 200 characters.'),
      });
      if (!token) return undefined;
      await this.secrets.store(KEY, token);
      this.use(token);
      return work();
    }
  }
}

const isOfHub = ({ data }: NeuroMfaError): boolean => data.subject.startsWith('hf://');
