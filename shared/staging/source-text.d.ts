/** Sources in the languages of steps are bundled as text (esbuild's loader `text`). */
declare module '*.py' {
  const source: string;
  export default source;
}
declare module '*.cjs' {
  const source: string;
  export default source;
}
declare module '*.R' {
  const source: string;
  export default source;
}
