using static SafeTune.Torch.Scalars;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SafeTune.Models;

/// <summary>A feature map cut into square windows (Liu et al. 2021, section 3.2), filled up with zeros on the right and below where they do not fit.</summary>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Columns of the map.</param>
/// <param name="Side">Rows and columns of a window.</param>
/// <param name="Shift">Rows and columns by which every other block moves the windows; 0 where one window is as large as the map's shorter side.</param>
public readonly record struct WindowGrid(long Height, long Width, long Side, long Shift)
{
    /// <summary>Windows of the configured size, or of the map's shorter side where that is smaller.</summary>
    public static WindowGrid Of(long height, long width, long window) =>
        Math.Min(height, width) is var shorter && shorter <= window ? new(height, width, shorter, 0) : new(height, width, window, window / 2);

    /// <summary>Rows of windows.</summary>
    public long Rows => (Height + Side - 1) / Side;

    /// <summary>Columns of windows.</summary>
    public long Columns => (Width + Side - 1) / Side;

    /// <summary>Number of windows.</summary>
    public long Windows => Rows * Columns;

    /// <summary>Tokens of a window.</summary>
    public long Area => Side * Side;

    /// <summary>[batch, height · width, hidden] to [batch · windows, area, hidden].</summary>
    /// <param name="x">The map.</param>
    /// <param name="shift">Rows and columns to move up and left by, around the edges.</param>
    public Tensor Cut(Tensor x, long shift)
    {
        using var scope = NewDisposeScope();
        var (batch, hidden) = (x.shape[0], x.shape[2]);
        var map = x.view(batch, Height, Width, hidden);
        var (below, right) = ((Rows * Side) - Height, (Columns * Side) - Width);
        if (below + right > 0) map = functional.pad(map, [0, 0, 0, right, 0, below]);
        if (shift > 0) map = map.roll([-shift, -shift], [1, 2]);
        return map.view(batch, Rows, Side, Columns, Side, hidden).transpose(2, 3).reshape(batch * Windows, Area, hidden).MoveToOuterDisposeScope();
    }

    /// <summary>Undoes the cutting.</summary>
    public Tensor Join(Tensor windows, long shift)
    {
        using var scope = NewDisposeScope();
        var (batch, hidden) = (windows.shape[0] / Windows, windows.shape[2]);
        var map = windows.view(batch, Rows, Columns, Side, Side, hidden).transpose(2, 3).reshape(batch, Rows * Side, Columns * Side, hidden);
        if (shift > 0) map = map.roll([shift, shift], [1, 2]);
        return map.narrow(1, 0, Height).narrow(2, 0, Width).flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Traces the cutting.</summary>
    public FakeTensor Cut(FakeTensor x, long shift)
    {
        using var scope = x.Tape.Scope();
        var (batch, hidden, padded) = (x.Shape[0], x.Features, Rows * Columns * Area);
        var map = padded > Height * Width ? x.Padded(batch, padded, hidden) : x;
        if (shift > 0) map = map.Scaled();
        // One column of windows lies in their order already.
        long[] windows = [batch * Windows, Area, hidden];
        return x.Tape.Keep(Columns == 1 ? map.View(windows) : map.Reordered([.. map.Shape]).Copy(windows));
    }

    /// <summary>Traces the joining.</summary>
    public FakeTensor Join(FakeTensor windows, long shift)
    {
        using var scope = windows.Tape.Scope();
        var (batch, hidden) = (windows.Shape[0] / Windows, windows.Features);
        long[] whole = [batch, Rows * Columns * Area, hidden], rows = [batch, Height * Columns * Side, hidden], cut = [batch, Height * Width, hidden];
        var map = Columns == 1 ? windows.View(whole) : windows.Reordered(whole).Copy(whole);
        if (shift > 0) map = map.Scaled();
        var narrowed = map.Part(rows).Part(cut);
        return windows.Tape.Keep(Columns * Side > Width && batch * Height > 1 ? narrowed.Copy(cut) : narrowed);
    }

    /// <summary>Additive mask of shifted windows, [windows, 1, area, area]: tokens that only the moving around the edges has brought together do not see each other.</summary>
    public Tensor ShiftMask(ScalarType dtype, Device device)
    {
        using var scope = NewDisposeScope();
        var (side, shift) = (Side, Shift);
        // What stayed, what lies in the last window, and what came around, along one side of the map.
        long Region(long place, long length) => place < length - side ? 0 : place < length - shift ? 1 : 2;
        var regions = new long[Windows * Area];
        for (var window = 0L; window < Windows; window++)
        {
            for (var token = 0L; token < Area; token++)
            {
                var row = (window / Columns * Side) + (token / Side);
                var column = (window % Columns * Side) + (token % Side);
                regions[(window * Area) + token] = (3 * Region(row, Rows * Side)) + Region(column, Columns * Side);
            }
        }

        var ids = tensor(regions, [Windows, 1, Area], ScalarType.Int64, device);
        var apart = ids.ne(ids.transpose(1, 2)).unsqueeze(1);
        // Hugging Face's value, which leaves a rest of e^-100.
        return zeros(apart.shape, dtype, device).masked_fill_(apart, Kept(-100)).MoveToOuterDisposeScope();
    }

    /// <summary>[area · area], int64: for every query and key of a window the row of the bias table that stands for the way between them.</summary>
    /// <param name="window">The window that the table is made for: (2 · window - 1)² rows.</param>
    /// <param name="device">Where it goes.</param>
    public Tensor BiasRows(long window, Device device)
    {
        var rows = new long[Area * Area];
        for (var query = 0L; query < Area; query++)
        {
            for (var key = 0L; key < Area; key++)
            {
                var (down, right) = ((query / Side) - (key / Side), (query % Side) - (key % Side));
                rows[(query * Area) + key] = ((down + window - 1) * ((2 * window) - 1)) + right + window - 1;
            }
        }

        return tensor(rows, ScalarType.Int64, device);
    }
}
