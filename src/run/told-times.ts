/**
 * The times in what a Service is told, as a person's clock has them: the allocator counts by another one (`term-time.ts`).
 *
 * Pure.
 * @module
 */
import type { PoolRefusal } from '../allocator/pool-refusal.js';
import type { Refusal } from '../allocator/refusal.js';
import type { Standing } from '../allocator/standing.js';

type OnWall = (ms: number) => number;

/** The same standing, to be told. */
export function standingOnWall(standing: Standing, onWall: OnWall): Standing {
  switch (standing.state) {
    case 'not-ours':
    case 'left-alone':
      return standing;
    case 'waits':
      return { ...standing, because: refusalOnWall(standing.because, onWall) };
    case 'holds': {
      const { unmet, lacks } = standing;
      if (unmet === undefined && lacks === undefined) return standing;
      return {
        ...standing,
        unmet: unmet && refusalOnWall(unmet, onWall),
        lacks: lacks && refusalOnWall(lacks, onWall),
      };
    }
  }
}

function refusalOnWall(refusal: Refusal, onWall: OnWall): Refusal {
  switch (refusal.kind) {
    case 'resting':
      return { ...refusal, untilMs: onWall(refusal.untilMs) };
    case 'no-address':
      return { ...refusal, tried: refusal.tried.map((each) => poolRefusalOnWall(each, onWall)) };
    case 'pool-refuses':
      return { ...refusal, because: poolRefusalOnWall(refusal.because, onWall) };
    case 'no-longer-shares':
      return { ...refusal, because: refusalOnWall(refusal.because, onWall) };
    default:
      return refusal;
  }
}

const poolRefusalOnWall = (refusal: PoolRefusal, onWall: OnWall): PoolRefusal =>
  'untilMs' in refusal ? { ...refusal, untilMs: onWall(refusal.untilMs) } : refusal;
