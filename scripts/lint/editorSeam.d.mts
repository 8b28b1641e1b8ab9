export const editorSeam: { selector: string; message: string }[];
