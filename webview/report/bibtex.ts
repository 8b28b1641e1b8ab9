/** The paper behind the method, for reference managers. */
export const BIBTEX = `@inproceedings{xiao2025neuromfa,
  title     = {Neuron-based Multifractal Analysis of Neuron Interaction Dynamics in Large Models},
  author    = {Xiao, Xiongye and Ping, Heng and Zhou, Chenyu and Cao, Defu and Li, Yaxing and
               Zhou, Yi-Zhuo and Li, Shixuan and Kanakaris, Nikos and Bogdan, Paul},
  booktitle = {International Conference on Learning Representations},
  year      = {2025},
  url       = {https://arxiv.org/abs/2402.09099}
}`;
