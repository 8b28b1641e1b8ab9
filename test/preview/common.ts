/** What every host answers alike. */

/** What a page asked to be saved, for whoever drives it. */
export const saved: { suggestedName: string; content: string | Uint8Array }[] = [];

export const save = (file: { suggestedName: string; content: string | Uint8Array }): { path: string } => {
  saved.push(file);
  return { path: `/home/user/${file.suggestedName}` };
};

export const common = {
  showLog: () => null,
  openSettings: () => null,
  report: ({ message }: { message: string }) => {
    console.error(message);
    return null;
  },
};
