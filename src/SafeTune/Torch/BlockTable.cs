using System.Runtime.InteropServices;

namespace SafeTune.Torch;

/// <summary>Sizes of memory blocks by address: open addressing with linear probing, in unmanaged memory, for code that must not allocate managed objects.</summary>
/// <remarks>Not safe for several threads. An address is never 0.</remarks>
internal unsafe struct BlockTable
{
    private Block* blocks;
    private nint capacity;
    private nint count;

    public static BlockTable Create(int capacity)
    {
        System.Diagnostics.Debug.Assert(int.IsPow2(capacity));
        return new() { blocks = Allocate(capacity), capacity = capacity };
    }

    /// <summary>Takes a block out and returns its size; 0 for one that is not here.</summary>
    public long Remove(nint address)
    {
        var at = Find(address);
        var bytes = blocks[at].Bytes;
        if (blocks[at].Address == 0) return 0;
        count--;
        // What lies behind moves up, so that no probe ends early.
        var mask = capacity - 1;
        for (var next = (at + 1) & mask; blocks[next].Address != 0; next = (next + 1) & mask)
        {
            if (((next - Home(blocks[next].Address)) & mask) < ((next - at) & mask)) continue;
            blocks[at] = blocks[next];
            at = next;
        }

        blocks[at] = default;
        return bytes;
    }

    /// <summary>Takes in a block that is not here.</summary>
    public void Add(nint address, long bytes)
    {
        if (++count * 2 > capacity) Grow();
        blocks[Find(address)] = new() { Address = address, Bytes = bytes };
    }

    public void Free()
    {
        NativeMemory.Free(blocks);
        this = default;
    }

    private static Block* Allocate(nint capacity) => (Block*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(Block));

    private void Grow()
    {
        var (old, length) = ((nint)blocks, capacity);
        blocks = Allocate(capacity *= 2);
        foreach (var block in new ReadOnlySpan<Block>((void*)old, (int)length))
        {
            if (block.Address != 0) blocks[Find(block.Address)] = block;
        }

        NativeMemory.Free((void*)old);
    }

    // The block's place, or the free one where it would go.
    private readonly nint Find(nint address)
    {
        var at = Home(address);
        while (blocks[at].Address != 0 && blocks[at].Address != address) at = (at + 1) & (capacity - 1);
        return at;
    }

    // Fibonacci hashing of the address without the bits that alignment to 64 bytes leaves at zero.
    private readonly nint Home(nint address) => (nint)((((ulong)address >> 6) * 0x9E3779B97F4A7C15UL) >> 20) & (capacity - 1);

    private struct Block
    {
        public nint Address;
        public long Bytes;
    }
}
