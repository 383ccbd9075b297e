/**
 * Minimisation without derivatives by the simplex of Nelder and Mead (1965), with the dimension-adapted
 * coefficients of Gao and Han (2012): from several starts, then once more from the best answer, which frees a
 * collapsed simplex. Deterministic: equal functions and starts give equal answers.
 */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly evaluations: number;
}

export interface NelderMeadOptions {
  readonly step: number;
  readonly tolerance: number;
  readonly maxEvaluations: number;
}

type Objective = (point: Float64Array) => number;

interface Vertex {
  readonly point: Float64Array;
  readonly value: number;
}

export function minimise(
  objective: Objective,
  starts: readonly Float64Array[],
  options: NelderMeadOptions,
): Minimum {
  const found = starts.map((start) => descend(objective, start, options));
  const best = found.reduce((left, right) => (right.value < left.value ? right : left));
  const last = descend(objective, best.point, { ...options, step: options.step / 2 });
  const evaluations = found.reduce((sum, one) => sum + one.evaluations, last.evaluations);
  return { ...last, evaluations };
}

function descend(objective: Objective, start: Float64Array, options: NelderMeadOptions): Minimum {
  const size = start.length;
  const expansion = 1 + 2 / size;
  const contraction = 0.75 - 1 / (2 * size);
  const shrink = 1 - 1 / size;
  let evaluations = 0;
  const vertexAt = (point: Float64Array): Vertex => {
    evaluations++;
    const value = objective(point);
    return { point, value: Number.isFinite(value) ? value : Number.MAX_VALUE };
  };
  const simplex = [vertexAt(start.slice())];
  for (let axis = 0; axis < size; axis++) {
    const point = start.slice();
    point[axis]! += options.step;
    simplex.push(vertexAt(point));
  }
  const order = () => simplex.sort((left, right) => left.value - right.value);
  order();
  while (evaluations < options.maxEvaluations) {
    const best = simplex[0]!;
    const worst = simplex[size]!;
    if (worst.value - best.value <= options.tolerance) break;
    const centre = centroid(simplex, size);
    const along = (factor: number) =>
      vertexAt(centre.map((middle, axis) => middle + factor * (worst.point[axis]! - middle)));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-expansion);
      simplex[size] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < simplex[size - 1]!.value) simplex[size] = reflected;
    else {
      const contracted = along(reflected.value < worst.value ? -contraction : contraction);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[size] = contracted;
      else
        for (let index = 1; index <= size; index++)
          simplex[index] = vertexAt(
            simplex[index]!.point.map(
              (value, axis) => best.point[axis]! + shrink * (value - best.point[axis]!),
            ),
          );
    }
    order();
  }
  return { point: simplex[0]!.point, value: simplex[0]!.value, evaluations };
}

function centroid(simplex: readonly Vertex[], size: number): Float64Array {
  const centre = new Float64Array(size);
  for (let index = 0; index < size; index++)
    for (let axis = 0; axis < size; axis++) centre[axis]! += simplex[index]!.point[axis]! / size;
  return centre;
}
