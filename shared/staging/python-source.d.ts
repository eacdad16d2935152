/** Python sources are bundled as text (esbuild's loader `text`). */
declare module '*.py' {
  const source: string;
  export default source;
}
