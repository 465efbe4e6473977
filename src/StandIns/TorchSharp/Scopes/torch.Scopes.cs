using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.Current;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewDisposeScope();

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_grad_enabled() => Native.st_grad_mode() != 0;

    public static bool is_inference_mode_enabled() => InferenceMode.Enabled;

    private sealed class GradMode : IDisposable
    {
        private readonly int before = Native.st_grad_mode();

        internal GradMode(bool enabled) => Native.st_set_grad_mode(enabled ? 1 : 0);

        public void Dispose() => Native.st_set_grad_mode(before);
    }

    private sealed class InferenceMode : IDisposable
    {
        [ThreadStatic] private static bool enabled;
        private readonly bool before = enabled;
        private nint guard;

        internal unsafe InferenceMode(bool mode)
        {
            nint entered;
            Native.Check(Native.st_inference_mode_enter(mode ? 1 : 0, &entered));
            (guard, enabled) = (entered, mode);
        }

        internal static bool Enabled => enabled;

        public void Dispose()
        {
            if (guard == 0) return;
            Native.st_inference_mode_leave(guard);
            (guard, enabled) = (0, before);
        }
    }
}
