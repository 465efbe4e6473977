namespace TorchSharp.Modules;

public sealed class GELU
{
    internal GELU() { }

    public enum Approximate
    {
        none,
        tanh,
    }
}
