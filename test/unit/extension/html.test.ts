import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, panelHtml } from '../../../src/extension/panels/html';

const page = {
  cspSource: 'https://resources.test',
  nonce: 'abc+/=',
  script: 'https://resources.test/spectrum.js',
  styles: ['https://resources.test/panel.css', 'https://resources.test/spectrum.css'],
  codicons: 'https://resources.test/codicon.css',
  title: 'Spectrum: neox-1m/step0',
  language: 'en',
  view: '',
};

describe('the content security policy', () => {
  it('refuses everything but what is named', () => {
    expect(contentSecurityPolicy(page).split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'nonce-abc+/='",
      'style-src https://resources.test',
      'font-src https://resources.test',
    ]);
  });

  it('never allows inline or evaluated code', () => {
    expect(contentSecurityPolicy(page)).not.toMatch(/unsafe|\*|data:|blob:/);
  });
});

describe('the page', () => {
  it('gives the nonce to its one script', () => {
    const scripts = panelHtml(page).match(/<script[^>]*>/g);
    expect(scripts).toEqual([
      '<script type="module" nonce="abc+/=" src="https://resources.test/spectrum.js">',
    ]);
  });

  it('carries no markup from a checkpoint name', () => {
    const html = panelHtml({
      ...page,
      title: '</title><script>alert("1")</script>',
      language: 'en" onload="x',
    });
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toContain('" onload');
  });

  it('carries the policy where the browser reads it', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(panelHtml(page))?.[1];
    expect(policy?.replaceAll('&#39;', "'")).toBe(contentSecurityPolicy(page));
  });
});
