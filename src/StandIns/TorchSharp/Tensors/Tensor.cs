using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A handle on an at::Tensor. Native memory is invisible to the garbage collector: dispose it, or let a dispose scope do so.</summary>
    public partial class Tensor : IDisposable
    {
        private nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            if (handle != 0) OwningDisposeScope = DisposeScopeManager.Register(this);
            else GC.SuppressFinalize(this);
        }

        /// <summary>Takes the native tensor and the place in a scope from another object, which is then invalid.</summary>
        internal Tensor(Tensor taken)
        {
            handle = taken.Handle;
            if (taken.OwningDisposeScope is { } scope)
            {
                scope.Disposables.Remove(taken);
                scope.Disposables.Add(this);
                (OwningDisposeScope, taken.OwningDisposeScope) = (scope, null);
            }
            taken.DecoupleFromNativeHandle();
        }

        ~Tensor() => Dispose(false);

        internal DisposeScope? OwningDisposeScope { get; set; }

        public nint Handle => handle != 0 ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");

        public bool IsInvalid => handle == 0;

        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        /// <summary>Gives the native handle away: this object no longer frees it.</summary>
        public nint DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            var released = handle;
            handle = 0;
            return released;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (handle == 0) return;
            if (disposing)
            {
                if (OwningDisposeScope is { } scope) scope.MarkAsDisposed(this);
                else DisposeScopeManager.Statistics.TensorStatistics.DisposedOutsideScopeCount++;
            }
            Native.st_tensor_free(handle);
            handle = 0;
        }

        /// <summary>Frees the native tensor; the scope that asks has counted it.</summary>
        internal void Free()
        {
            if (handle == 0) return;
            Native.st_tensor_free(handle);
            handle = 0;
            GC.SuppressFinalize(this);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            OwningDisposeScope?.MoveToOther(other, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor DetatchFromDisposeScope() => DetachFromDisposeScope();
    }
}
