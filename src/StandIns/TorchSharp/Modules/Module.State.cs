using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Parameters and persistent buffers by their dotted names.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (key, parameter) in ownParameters) destination[start + key] = parameter;
                foreach (var (key, buffer) in ownBuffers) if (buffer.Persistent) destination[start + key] = buffer.Tensor;
                foreach (var (key, module) in submodules) module.state_dict(destination, start + key);
                return destination;
            }

            /// <summary>Copies values in; returns the names that were missing and those that were not expected.</summary>
            public virtual (IList<string>, IList<string>) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                var missing = destination.Keys.Where(key => !source.ContainsKey(key) && skip?.Contains(key) != true).ToList();
                var unexpected = source.Keys.Where(key => !destination.ContainsKey(key) && skip?.Contains(key) != true).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary.");
                using var off = no_grad();
                foreach (var (key, value) in source)
                    if (destination.TryGetValue(key, out var target) && skip?.Contains(key) != true) target.copy_(value);
                return (missing, unexpected);
            }

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Moved(dtype, device, non_blocking);

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Moved(null, new Device(deviceType, deviceIndex), non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Moved(dtype, null, non_blocking);

            protected internal virtual Module _to(Tensor other, bool non_blocking) => Moved(other.dtype, other.device, non_blocking);

            private Module Moved(ScalarType? dtype, Device? device, bool nonBlocking)
            {
                if (dtype is ScalarType d && !d.IsFloating() && !d.IsComplex())
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={d}");
                foreach (var module in submodules.Values) module.Moved(dtype, device, nonBlocking);
                foreach (var (key, parameter) in ownParameters.ToList())
                {
                    if (!Changes(parameter, dtype, device)) continue;
                    using var grad = parameter.grad;
                    using var off = no_grad();
                    Parameter moved = new(parameter.to(dtype ?? parameter.dtype, device ?? parameter.device, non_blocking: nonBlocking), parameter.requires_grad);
                    if (grad is not null)
                    {
                        using var movedGrad = grad.to(dtype ?? grad.dtype, device ?? grad.device, non_blocking: nonBlocking);
                        moved.grad = movedGrad;
                    }
                    parameter.Dispose();
                    ConditionallyRegisterParameter(key, moved);
                    SetField(key, moved);
                }
                foreach (var (key, (buffer, persistent)) in ownBuffers.ToList())
                {
                    var type = buffer.is_floating_point() ? dtype : null;
                    if (!Changes(buffer, type, device)) continue;
                    var moved = buffer.to(type ?? buffer.dtype, device ?? buffer.device, disposeAfter: true, non_blocking: nonBlocking);
                    ConditionallyRegisterBuffer(key, moved, persistent);
                    SetField(key, moved);
                }
                return this;
            }

            private static bool Changes(Tensor tensor, ScalarType? dtype, Device? device) =>
                (dtype is ScalarType d && d != tensor.dtype) || (device is not null && (device.type != tensor.device_type || (device.index >= 0 && device.type != DeviceType.CPU && device.index != tensor.device_index)));

            private void SetField(string name, Tensor value) => Fields().FirstOrDefault(field => NameOf(field) == name)?.SetValue(this, value);
        }
    }
}

public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, ScalarType type, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(type, non_blocking);
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(device.type, device.index, non_blocking);
    public static T to<T>(this T module, torch.Device device, ScalarType type, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(device, type, non_blocking);
    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(deviceType, deviceIndex, non_blocking);
    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module => module.to(new torch.Device(device), non_blocking);
    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false) where T : torch.nn.Module => (T)module._to(other, non_blocking);
    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(DeviceType.CPU, -1, non_blocking);
    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => module.to(DeviceType.CUDA, deviceIndex, non_blocking);
    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(ScalarType.Float16, non_blocking);
    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(ScalarType.BFloat16, non_blocking);
    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(ScalarType.Float32, non_blocking);
    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => module.to(ScalarType.Float64, non_blocking);
}
