#!/usr/bin/env bash
# What a GPU makes of the engines, on a machine that need not have cargo, node or a network:
#
#   gpu-check.sh PROGRAM FIXTURES OUT [--tiny] [--device cpu]
#
# PROGRAM is ourvidz-gpu-check, FIXTURES the repository's tests/fixtures/parity, OUT a folder for the results: a table
# for each part, the whole in all.tsv. Each part has its own time and its own process; one that fails takes nothing
# with it. CUDA's libraries come from the loader's path, else from the Python packages that torch brings.
set -u
[ $# -ge 3 ] || { sed -n '2,8p' "$0"; exit 2; }
program=$1 fixtures=$2 out=$3
shift 3
mkdir -p "$out"

# One line a package: nvidia/cu13/lib and nvidia/cudnn/lib are where wheels put them.
packages=$(python3 -c 'import importlib.util as u; print("\n".join(u.find_spec("nvidia").submodule_search_locations))' 2>/dev/null)
for folder in $packages; do
  for libraries in "$folder"/*/lib; do LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$libraries; done
done
export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}
# What the driver compiled for one part is there for the next.
export CUDA_CACHE_MAXSIZE=4294967296

failed=0
part() {
  local name=$1 seconds=$2 started=$SECONDS
  shift 2
  timeout -k 5 "$seconds" "$program" "$name" --fixtures "$fixtures" --out "$out/$name.tsv" "$@" 2>"$out/$name.log"
  local status=$?
  [ "$status" -eq 0 ] || failed=1
  sed "s/^/$name\t/" "$out/$name.tsv" >>"$out/all.tsv"
  printf '%s\tended with status %s\t%s\ts\n' "$name" "$status" $((SECONDS - started)) | tee -a "$out/all.tsv"
  [ ! -s "$out/$name.log" ] || tail -n 3 "$out/$name.log"
}

: >"$out/all.tsv"
part ceilings 60 "$@"
part parity 90 "$@"
part attention 90 "$@"
part sdxl 120 "$@"
part wan 120 "$@"
part qwen 60 "$@"
cat "$out/all.tsv"
exit $failed
