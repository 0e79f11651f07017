/** What each part of the SDL generator takes. */
import type { DomainModel, PlatformModel } from "../../schema/model/platform.ts";

export interface SdlRequest {
  readonly platform: PlatformModel;
  readonly domain: DomainModel;
  /** What the document calls federation's `@shareable`, without the `@`. */
  readonly shareable: string;
}
