/** The extension's entry. */
export { activate, deactivate, type NeuroMfaApi } from './extension/extension';
