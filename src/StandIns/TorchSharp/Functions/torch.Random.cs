using System.Buffers.Binary;
using System.Security.Cryptography;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.st_seed(seed));
        return Generator.Default;
    }

    public static long seed()
    {
        var fresh = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;
        manual_seed(fresh);
        return fresh;
    }

    public static long initial_seed() => Generator.Default.initial_seed();

    /// <summary>The CPU generator's state: a byte tensor, in libtorch's layout.</summary>
    public static unsafe Tensor get_rng_state()
    {
        nint state;
        Native.Check(Native.st_random_state(&state));
        return new Tensor(state);
    }

    public static void set_rng_state(Tensor new_state)
    {
        Native.Check(Native.st_set_random_state(new_state.Handle));
        GC.KeepAlive(new_state);
    }

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
        public static long seed() => torch.seed();
        public static long initial_seed() => torch.initial_seed();
        public static Tensor get_rng_state() => torch.get_rng_state();
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }

    /// <summary>A Mersenne twister of the CPU. All but <see cref="Default"/> lend their state to the default one while they are in use.</summary>
    public class Generator : IDisposable
    {
        private const int TwisterSize = 624, TwisterOffset = 24, StateBytes = 5056;
        private Tensor? state;

        public Generator(ulong seed = 0, Device? device = null) : this(device ?? CPU)
        {
            if (this.device.type != DeviceType.CPU) throw new NotSupportedException("Generators of their own exist on the CPU only.");
            manual_seed(unchecked((long)seed));
        }

        private Generator(Device device) => this.device = device;

        public static Generator Default { get; } = new Generator(CPU);

        public Device device { get; }

        public Generator manual_seed(long seed)
        {
            if (ReferenceEquals(this, Default)) Native.Check(Native.st_seed(seed));
            else Replace(Seeded(unchecked((ulong)seed)));
            return this;
        }

        public long seed()
        {
            var fresh = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(8)) & long.MaxValue;
            manual_seed(fresh);
            return fresh;
        }

        public long initial_seed()
        {
            using var now = get_state();
            return BinaryPrimitives.ReadInt64LittleEndian(now.bytes);
        }

        public Tensor get_state() => state is null ? get_rng_state() : state.clone();

        public void set_state(Tensor value)
        {
            if (ReferenceEquals(this, Default)) set_rng_state(value);
            else Replace(value.clone());
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (disposing) state?.Dispose();
            state = null;
        }

        /// <summary>Until disposed, the default generator continues where <paramref name="generator"/> stands.</summary>
        internal static IDisposable? Use(Generator? generator) => generator is null || ReferenceEquals(generator, Default) ? null : new Loan(generator);

        private void Replace(Tensor next)
        {
            state?.Dispose();
            state = next.DetachFromDisposeScope();
        }

        // at::mt19937's seeding, written in the layout of CPUGeneratorImplState.
        private static Tensor Seeded(ulong seed)
        {
            var next = zeros(StateBytes, ScalarType.Byte, CPU);
            var bytes = next.bytes;
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, seed);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], 1);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], 1);
            var word = (uint)seed;
            for (uint i = 0; i < TwisterSize; i++)
            {
                if (i > 0) word = 1812433253u * (word ^ (word >> 30)) + i;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes[(TwisterOffset + (int)i * 8)..], word);
            }
            return next;
        }

        private sealed class Loan : IDisposable
        {
            private readonly Generator generator;
            private readonly Tensor before = get_rng_state();

            internal Loan(Generator generator)
            {
                this.generator = generator;
                set_rng_state(generator.state ?? throw new ObjectDisposedException(nameof(Generator)));
            }

            public void Dispose()
            {
                generator.Replace(get_rng_state());
                set_rng_state(before);
                before.Dispose();
            }
        }
    }
}
