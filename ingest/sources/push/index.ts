/** The push source's public face. */
export { createHttpPush, isPushPath, type HttpPush, type HttpPushOptions } from "./http-push.ts";
export {
  createPushSource,
  type PushAnswer,
  type PushError,
  type PushOptions,
  type PushResult,
  type PushSource,
  type PushSourceDeps,
} from "./push-source.ts";
