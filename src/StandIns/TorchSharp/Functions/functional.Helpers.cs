using TorchSharp.Interop;
using static TorchSharp.Interop.Operator;

namespace TorchSharp;

public static partial class torch
{
    public enum InterpolationMode
    {
        Nearest,
        Linear,
        Bilinear,
        Bicubic,
        Trilinear,
        Area,
        NearestExact,
    }

    public static partial class nn
    {
        public enum Reduction
        {
            None,
            Mean,
            Sum,
        }

        public static partial class functional
        {
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var norm = Call("norm.ScalarOpt_dim", input, p, (ReadOnlySpan<long>)[dim], true);
                using var bounded = norm.clamp_min(eps);
                return input.div(bounded);
            }

            /// <summary>softmax(q kᵀ / √d + mask) v; libtorch's own operator where it exists (2.x), composed otherwise.</summary>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (is_casual && attn_mask is not null) throw new ArgumentException("Casual attention masking cannot pass a mask.");
                if (Exists("scaled_dot_product_attention")) return Call("scaled_dot_product_attention", query, key, value, attn_mask, p, is_casual);
                using var scope = NewDisposeScope();
                var scale = 1 / Math.Sqrt(query.shape[^1]);
                var scores = query.mul(scale).matmul(key.transpose(-2, -1));
                if (is_casual)
                {
                    var later = ones(query.shape[^2], key.shape[^2], ScalarType.Bool, query.device).triu(1);
                    scores = scores.masked_fill(later, double.NegativeInfinity);
                }
                else if (attn_mask is not null)
                {
                    scores = attn_mask.dtype == ScalarType.Bool ? scores.masked_fill(attn_mask.logical_not(), double.NegativeInfinity) : scores.add(attn_mask);
                }
                var probabilities = scores.softmax(-1);
                if (p > 0) probabilities = dropout(probabilities, p);
                return probabilities.matmul(value).MoveToOuterDisposeScope();
            }

            /// <summary>Resizes images, [batch, channels, height, width]; other dimensions and mode Area are not built in here.</summary>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                if (x.dim() != 4 || recompute_scale_factor) throw new NotSupportedException("interpolate is built for images of 4 dimensions, without recompute_scale_factor.");
                var corners = align_corners ?? false;
                return (mode, antialias) switch
                {
                    (InterpolationMode.Nearest, false) => Call("upsample_nearest2d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, false) => Call("_upsample_nearest_exact2d.vec", x, size, scale_factor),
                    (InterpolationMode.Bilinear, false) => Call("upsample_bilinear2d.vec", x, size, corners, scale_factor),
                    (InterpolationMode.Bilinear, true) => Call("_upsample_bilinear2d_aa.vec", x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, false) => Call("upsample_bicubic2d.vec", x, size, corners, scale_factor),
                    (InterpolationMode.Bicubic, true) => Call("_upsample_bicubic2d_aa.vec", x, size, corners, scale_factor),
                    _ => throw new NotSupportedException($"interpolate is not built for mode {mode}{(antialias ? " with antialias" : "")}."),
                };
            }

            private static Tensor Padded(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode, double value) => mode switch
            {
                PaddingModes.Constant or PaddingModes.Zeros => Call("constant_pad_nd", input, pad, mode == PaddingModes.Zeros ? 0 : value),
                PaddingModes.Reflect => Call(pad.Length == 2 ? "reflection_pad1d" : "reflection_pad2d", input, pad),
                PaddingModes.Replicate => Call(pad.Length == 2 ? "replication_pad1d" : "replication_pad2d", input, pad),
                _ => Call("_pad_circular", input, pad),
            };
        }
    }
}
