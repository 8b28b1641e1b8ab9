/** Texts of pages that are the same in every language: names of the models of tests and of their tensors, and words of formats. */
export const SAME =
  /^(\/|NeuroMFA$|PNG$|SVG$|CSV$|JSON$|HTML$|NFD$|rₘₐₓ$|Pearson$|Spearman$|(neox|pythia|EleutherAI|step\d+|gpt_neox|embed_out|safetensors|format|layers|attention|mlp|qkv|out|down|up)\b|RMS$|NaN$|eval\/|kept$|first$|alpha0$|model\b|embed_in\.|config\.|<img )/;
